"""What the API server does for each verb and subresource."""
