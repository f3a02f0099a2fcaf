/** The two ends of a job: who sends and who receives, here or at another gateway. */
@org.jspecify.annotations.NullMarked
package dev.penstock.replication.site;
