/** The settings of the module: policies, their rules, and limits. */
@org.jspecify.annotations.NullMarked
package dev.penstock.pruner.config;
