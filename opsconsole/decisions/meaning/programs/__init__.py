"""What programs are told to do: the words of kubectl, of a shell, of API requests, of agents' tool calls."""
