/** Layers as they are read: who owns a grain, and the file that has it. */
@org.jspecify.annotations.NullMarked
package dev.penstock.volumes.layer;
