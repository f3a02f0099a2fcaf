/** Numbers for Prometheus: Vert.x's, the process's, and those of modules and stores. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.metrics;
