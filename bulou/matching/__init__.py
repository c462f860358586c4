"""Pure computing over sets: who is missing, who was there. No Django, no clock."""
