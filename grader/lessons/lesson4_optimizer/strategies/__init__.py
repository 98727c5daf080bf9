"""Cases of lesson 4, and code that shows one."""
