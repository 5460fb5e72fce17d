"""What `instavid doctor` looks at; every probe stands alone, so that one cannot hide another."""
