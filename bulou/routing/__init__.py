"""Pure computing over plans: vehicle routes, people into rooms and vehicles. No Django."""
