"""Rules of data quality per dataset, and the Great Expectations suites made of them."""
