"""Figures from frames: no Streamlit, SQL, clock or environment; words come translated."""
