/** A program that does nothing: what it costs to start and end this runtime. @module */
