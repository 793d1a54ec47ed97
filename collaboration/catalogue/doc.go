// Package catalogue reads the files of solutions: those embedded in the program, and the
// operator's in a directory.
package catalogue
