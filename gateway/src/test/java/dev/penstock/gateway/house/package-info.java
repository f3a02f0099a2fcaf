/** The rules of the house: tests about the repository as a whole, that print file and line. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.house;
