"""A synthetic city and its days: drills, demonstrations and load. Stands beside the package, which never imports it."""
