"""The Streamlit application: pages ask `pipelines.metrics`, pass frames to figures, lay out."""
