/** What the module adds to the admin API: jobs, their runs, bandwidth, peers. */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.admin;
