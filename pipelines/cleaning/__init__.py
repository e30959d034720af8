"""Personal data stops here: identifiers become keyed hashes, texts are masked."""
