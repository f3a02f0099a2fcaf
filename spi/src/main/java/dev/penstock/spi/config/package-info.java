/**
 * Settings as an operator wrote them, with file and line, and how to read them without losing a
 * problem.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.config;
