"""bulou (不漏): the software by which a city runs its outbreak response."""
