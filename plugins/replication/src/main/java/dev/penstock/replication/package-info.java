/** Takes snapshots of volumes and keeps copies of them elsewhere. */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication;
