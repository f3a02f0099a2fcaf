/** The lives of modules: shells that are deployed for them, their limits, and what they may use. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.module;
