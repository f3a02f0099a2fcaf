/** Programs that modules talk to: {@link dev.penstock.spi.process.Children}. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.child;
