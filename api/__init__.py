"""Every way in: HTTP, command line, page. The only layer that reads the environment and wires things up."""
