/** Commands of the configuration file that are run around a snapshot. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.hook;
