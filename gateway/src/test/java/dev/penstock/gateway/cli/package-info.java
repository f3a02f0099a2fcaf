/** The command line, against an admin API in the same process. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.cli;
