"""A stand-in for the Pictory API: its published behaviour over TLS, and an admin side to steer it."""
