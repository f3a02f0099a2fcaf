/** Plugin archives: what is refused, how their classes are kept apart, and how they come and go. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.plugin;
