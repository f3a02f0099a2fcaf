/** Carries plans out: one run at a time, several volumes at once, each on its own. */
@org.jspecify.annotations.NullMarked
package dev.penstock.pruner.run;
