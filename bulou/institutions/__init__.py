"""Key institutions (学校、养老托育、福利院、监所、市场, D12): people inside, daily reports, major matters."""
