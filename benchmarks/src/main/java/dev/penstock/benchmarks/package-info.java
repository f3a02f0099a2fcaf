/** Hot paths under JMH: what a request costs without sockets, clients and disks. */
@NullMarked
package dev.penstock.benchmarks;

import org.jspecify.annotations.NullMarked;
