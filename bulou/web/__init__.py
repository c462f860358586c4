"""The console: pages by role, rendered on the server, with htmx and plain CSS."""
