/** Numbers that a module shows to Prometheus, without the gateway's metrics library in sight. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.metrics;
