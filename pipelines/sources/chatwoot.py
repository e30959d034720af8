"""stub"""
def looks_like_chatwoot(rows): return False
def read(*a): return iter(())
