"""The stack's nouns: frozen values that know their units, and nothing of the outside."""
