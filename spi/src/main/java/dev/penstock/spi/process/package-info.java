/** Programs that a module talks to over their input and output. */
@org.jspecify.annotations.NullMarked
package dev.penstock.spi.process;
