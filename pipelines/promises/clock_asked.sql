-- Contacts to judge. asked_contacts is the caller's table.
--
-- grain:   one row a contact
-- key:     contact_id
-- reads:   lake.contacts, asked_contacts
select c.* exclude (text, file_id)
from lake.contacts as c
where
    /* days */
    c.contact_id in (select a.contact_id from asked_contacts as a)
