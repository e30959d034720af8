"""Navigation and the frame of every page; run through `dashboard/asgi.py`, nothing else here."""

import streamlit as st

from dashboard import access, data, theme
from dashboard.components import frame
from dashboard.i18n import _, formats
from dashboard.pages import PAGES
from pipelines.errors import LakeError, LiniyaError

frame.language_from_address()
st.set_page_config(page_title=_("Линия"), page_icon=str(theme.FAVICON), layout="wide")
frame.style()
formats.set_zone(data.settings().tz)

try:
    person = access.current(data.settings())
except LiniyaError as error:
    st.error(str(error))
    st.stop()
if person is None:
    frame.entrance()
    st.stop()

pages = {
    page_id: st.Page(PAGES[page_id].file, title=PAGES[page_id].menu, url_path=page_id)
    for page_id in access.ROLES[person.role].pages
}
home = next(iter(pages.values()))
root = st.Page(
    lambda: st.switch_page(home),
    title=_("Линия"),
    url_path="home",
    default=True,
    visibility="hidden",
)
chosen = st.navigation([root, *pages.values()])
frame.sidebar(person)
if chosen is not root:
    page = next(PAGES[page_id] for page_id, at in pages.items() if at is chosen)
    frame.enter_page(page)
try:
    chosen.run()
except LakeError as error:
    frame.no_lake(error)
