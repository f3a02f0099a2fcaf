/** The command line: a client of the admin API that starts fast, and the words for the daemon. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.cli;
