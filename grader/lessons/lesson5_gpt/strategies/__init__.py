"""Cases of lesson 5, and code that shows one."""
