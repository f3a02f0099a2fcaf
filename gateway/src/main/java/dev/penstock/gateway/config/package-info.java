/** The configuration file: its text with lines, and the records that it becomes. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.config;
