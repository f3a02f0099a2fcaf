package dev.penstock.volumes;

import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.DiskFile;
import java.nio.ByteBuffer;
import java.util.function.Predicate;

/** A disk on which a test does something right before a call that it waits for. */
final class Interposed extends WrappedDisk {
  private volatile Predicate<String> expected = _ -> false;
  private volatile Runnable steps = () -> {};

  Interposed(Disk disk) {
    super(disk);
  }

  /**
   * Runs the steps before each call from now on that matches, such as {@code write
   * layers/(id).data}; not before their own calls.
   */
  void before(String pattern, Runnable steps) {
    this.steps = steps;
    expected = call -> call.matches(pattern);
  }

  /** As {@link #before}, for the first such call. */
  void beforeFirst(String pattern, Runnable steps) {
    before(
        pattern,
        () -> {
          expected = _ -> false;
          steps.run();
        });
  }

  private void comes(String call, String path) {
    if (expected.test(call + " " + path)) steps.run();
  }

  @Override
  public boolean exists(String path) {
    comes("exists", path);
    return super.exists(path);
  }

  @Override
  public DiskFile open(String path, Opening how) {
    comes("open", path);
    return super.open(path, how);
  }

  @Override
  DiskFile file(String path, DiskFile file) {
    return new WrappedFile(path, file) {
      @Override
      public void read(long offset, ByteBuffer target) {
        comes("read", path);
        super.read(offset, target);
      }

      @Override
      public void write(long offset, ByteBuffer source) {
        comes("write", path);
        super.write(offset, source);
      }

      @Override
      public void dataSync() {
        comes("sync", path);
        super.dataSync();
      }
    };
  }
}
