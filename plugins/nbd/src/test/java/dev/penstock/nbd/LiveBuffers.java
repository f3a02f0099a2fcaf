package dev.penstock.nbd;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakTracker;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Netty's leak detector, as the build's tests run it (see the pom): it tracks every buffer, counts
 * those that are alive, and keeps its reports for {@link NoLeaks}. Any thread.
 */
public final class LiveBuffers<T> extends ResourceLeakDetector<T> {
  private static final AtomicLong alive = new AtomicLong();
  private static final Queue<String> reports = new ConcurrentLinkedQueue<>();

  /** As Netty makes it, by name. */
  public LiveBuffers(Class<?> resourceType, int samplingInterval) {
    super(resourceType, samplingInterval);
  }

  /** As Netty would like to make it first, and complains if it cannot. */
  public LiveBuffers(Class<?> resourceType, int samplingInterval, long ignored) {
    this(resourceType, samplingInterval);
  }

  /** How many buffers were allocated and not released. */
  static long count() {
    return alive.get();
  }

  /** What was found since the last time. */
  static List<String> takeReports() {
    List<String> taken = List.copyOf(reports);
    reports.removeAll(taken);
    return taken;
  }

  @Override
  public @Nullable ResourceLeakTracker<T> track(T resource) {
    return counted(super.track(resource));
  }

  @Override
  public @Nullable ResourceLeakTracker<T> trackForcibly(T resource) {
    return counted(super.trackForcibly(resource));
  }

  private static <T> @Nullable ResourceLeakTracker<T> counted(
      @Nullable ResourceLeakTracker<T> tracker) {
    if (tracker == null) return null;
    alive.incrementAndGet();
    return new Counted<>(tracker);
  }

  @Override
  protected boolean needReport() {
    return true;
  }

  @Override
  protected void reportTracedLeak(String resourceType, String records) {
    reports.add(resourceType + " was not released:" + records);
  }

  @Override
  protected void reportUntracedLeak(String resourceType) {
    reports.add(resourceType + " was not released");
  }

  private record Counted<T>(ResourceLeakTracker<T> tracker) implements ResourceLeakTracker<T> {
    @Override
    public void record() {
      tracker.record();
    }

    @Override
    public void record(Object hint) {
      tracker.record(hint);
    }

    @Override
    public boolean close(T trackedObject) {
      boolean closed = tracker.close(trackedObject);
      if (closed) alive.decrementAndGet();
      return closed;
    }

    @Override
    public String toString() {
      return tracker.toString();
    }
  }
}
