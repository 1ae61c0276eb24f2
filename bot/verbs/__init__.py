"""What each verb of the terminal does; imported only when that verb is asked for."""
