package dev.penstock.pruner.run;

import dev.penstock.spi.GatewayError;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** What happened in runs. */
final class Remembering implements Observer {
  final AtomicInteger destroyed = new AtomicInteger();
  final AtomicInteger deferred = new AtomicInteger();
  final List<String> failures = new CopyOnWriteArrayList<>();
  final List<String> wentForRoom = new CopyOnWriteArrayList<>();
  final List<String> unmatched = new CopyOnWriteArrayList<>();

  @Override
  public void destroyed(int snapshots) {
    destroyed.addAndGet(snapshots);
  }

  @Override
  public void deferred(int snapshots) {
    deferred.addAndGet(snapshots);
  }

  @Override
  public void wentForRoom(String volume, String snapshot, String by, long freeBytes) {
    wentForRoom.add("%s@%s of %s at %d".formatted(volume, snapshot, by, freeBytes));
  }

  @Override
  public void snapshotsFailed(int snapshots) {}

  @Override
  public void volumeFailed(String volume, GatewayError why, int attempt, boolean again) {
    failures.add("%s %d %s".formatted(volume, attempt, again ? "again" : "given up"));
  }

  @Override
  public void unmatched(String volume, Map<String, Integer> names) {
    unmatched.add(volume + " " + names);
  }

  @Override
  public void ended(RunReport report, long tookNanos) {}
}
