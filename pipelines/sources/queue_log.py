"""Asterisk queue_log."""
def read(path,context,start,whole,first_row): raise NotImplementedError
