package dev.penstock.volumes.disk;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A disk whose power can be cut after any operation, and so the statement of what the store claims
 * to survive:
 *
 * <ul>
 *   <li>of what was not synced, any sectors of 512 bytes survive, and sizes do or do not;
 *   <li>of the names that were made, changed or removed and not synced, those up to some moment
 *       survive ({@link Names#JOURNALED}), or any ({@link Names#STRICT}); a rename is one change;
 *   <li>a sync can fail once, drop what it could not write, and succeed the next time;
 *   <li>the disk can be full.
 * </ul>
 *
 * It does not claim to survive a disk that reports a sync it has not done, or that changes bytes by
 * itself.
 */
public final class SimulatedDisk implements Disk {
  /** In what order changes to directories reach the disk. */
  public enum Names {
    JOURNALED,
    STRICT
  }

  private static final class Directory {
    final Map<String, Object> cached = new TreeMap<>(); // Directory or SimulatedFile
    final Map<String, Object> durable = new TreeMap<>();

    void apply(Map<String, Optional<Object>> change) {
      set(durable, change);
    }

    static void set(Map<String, Object> names, Map<String, Optional<Object>> change) {
      change.forEach(
          (name, node) -> node.ifPresentOrElse(n -> names.put(name, n), () -> names.remove(name)));
    }
  }

  private record NameChange(Directory directory, Map<String, Optional<Object>> names) {}

  private final Surviving survivors;
  private final Names names;
  private final Directory root;
  private final List<NameChange> unsyncedNames = new ArrayList<>();
  private final List<String> log = new ArrayList<>();
  private int cutAfter = Integer.MAX_VALUE;
  private boolean on = true;
  private Facilities facilities = new Facilities(true, true, true, false, false, false);
  private boolean statusFails;
  private long freeBytes = Long.MAX_VALUE;
  private Predicate<String> forgotten = _ -> false;
  private Predicate<String> failing = _ -> false;
  private Optional<String> failed = Optional.empty();

  public SimulatedDisk(Surviving survivors, Names names) {
    this(survivors, names, new Directory());
  }

  private SimulatedDisk(Surviving survivors, Names names, Directory root) {
    this.survivors = survivors;
    this.names = names;
    this.root = root;
  }

  /** So many operations are carried out; the next one finds no power. */
  public SimulatedDisk cutPowerAfter(int operations) {
    cutAfter = operations;
    return this;
  }

  /** Leaves out the syncs that are named so in {@link #log}: mistakes for a test to notice. */
  public SimulatedDisk forgetting(Predicate<String> syncs) {
    forgotten = syncs;
    return this;
  }

  /** From now on nobody is told how much a file takes, as after a file system has shut down. */
  public void failStatus() {
    statusFails = true;
  }

  /** The next operation that is named so in {@link #log} fails with EIO. */
  public void failNext(Predicate<String> operation) {
    failing = operation;
  }

  /** What has failed so; empty if nothing has yet. */
  public Optional<String> failed() {
    return failed;
  }

  /** How many more bytes can be written where nothing was, or files and directories made. */
  public void leaveFree(long bytes) {
    freeBytes = bytes;
  }

  /**
   * What was carried out since the power is on: "write layers/x.data", "sync directory volumes".
   */
  public List<String> log() {
    return List.copyOf(log);
  }

  /** How many operations were carried out since the power is on. */
  public int operations() {
    return log.size();
  }

  /** The disk after the power cut, with what survived it. This one stays as it is. */
  public SimulatedDisk powerOn() {
    Map<Object, Object> copies = new HashMap<>();
    Directory left = (Directory) copy(root, copies);
    BitSet survive =
        switch (names) {
          case JOURNALED -> firstOnes(survivors.prefix(unsyncedNames.size()));
          case STRICT -> survivors.among(unsyncedNames.size());
        };
    survive.stream().forEach(i -> apply(unsyncedNames.get(i), copies));
    for (Object node : copies.values())
      if (node instanceof Directory directory) directory.cached.putAll(directory.durable);
    return new SimulatedDisk(survivors, names, left).with(facilities);
  }

  private static BitSet firstOnes(int count) {
    BitSet ones = new BitSet();
    ones.set(0, count);
    return ones;
  }

  /**
   * The process has ended without a word, as if it had been killed, and the kernel lives on: the
   * next process finds everything that was written.
   */
  public SimulatedDisk processEnded() {
    on = true;
    failed = Optional.empty();
    cutAfter = Integer.MAX_VALUE;
    unlock(root);
    return this;
  }

  private static void unlock(Directory directory) {
    for (Object node : directory.cached.values())
      switch (node) {
        case Directory below -> unlock(below);
        case SimulatedFile file -> file.locked = false;
        default -> throw new AssertionError(node);
      }
  }

  /** What the file system can do; everything but reading without waiting and lending, at first. */
  public SimulatedDisk with(Facilities offered) {
    facilities = offered;
    return this;
  }

  private void apply(NameChange change, Map<Object, Object> copies) {
    Map<String, Optional<Object>> copied = new HashMap<>();
    change.names().forEach((name, node) -> copied.put(name, node.map(n -> copy(n, copies))));
    ((Directory) copy(change.directory(), copies)).apply(copied);
  }

  private Object copy(Object node, Map<Object, Object> copies) {
    Object known = copies.get(node);
    if (known != null) return known;
    if (node instanceof SimulatedFile file) {
      SimulatedFile after = file.afterPowerCut(survivors);
      copies.put(node, after);
      return after;
    }
    Directory after = new Directory();
    copies.put(node, after);
    ((Directory) node).durable.forEach((name, n) -> after.durable.put(name, copy(n, copies)));
    return after;
  }

  private void applyNames(int count) {
    unsyncedNames.subList(0, count).forEach(change -> change.directory().apply(change.names()));
    unsyncedNames.subList(0, count).clear();
  }

  @Override
  public String called(String path) {
    return "/simulated/" + path;
  }

  @Override
  public boolean exists(String path) {
    requirePower();
    return find(path).isPresent();
  }

  @Override
  public List<String> list(String directory) {
    requirePower();
    return List.copyOf(directory(directory).cached.keySet());
  }

  @Override
  public DiskFile open(String path, Opening how) {
    requirePower();
    Optional<Object> found = find(path);
    if (how == Opening.EXISTING && found.isEmpty()) throw failed("open", path, "ENOENT");
    if (how == Opening.NEW && found.isPresent()) throw failed("open", path, "EEXIST");
    if (found.isEmpty()) {
      operation("create " + path);
      takeRoom("create", path, 1);
      change(parent(path), Map.of(last(path), Optional.of(new SimulatedFile())));
    }
    return new Open(path, (SimulatedFile) find(path).orElseThrow());
  }

  @Override
  public void makeDirectory(String path) {
    operation("make directory " + path);
    if (find(path).isPresent()) throw failed("make directory", path, "EEXIST");
    takeRoom("make directory", path, 1);
    change(parent(path), Map.of(last(path), Optional.of(new Directory())));
  }

  @Override
  public void rename(String from, String to) {
    operation("rename %s to %s".formatted(from, to));
    Object moved = find(from).orElseThrow(() -> failed("rename", from, "ENOENT"));
    if (find(to).orElse("") instanceof Directory there && !there.cached.isEmpty())
      throw failed("rename", from, "ENOTEMPTY");
    Map<String, Optional<Object>> both = new LinkedHashMap<>();
    both.put(last(from), Optional.empty());
    both.put(last(to), Optional.of(moved));
    change(parent(from), both);
  }

  @Override
  public void unlink(String path) {
    operation("unlink " + path);
    if (find(path).isEmpty()) throw failed("unlink", path, "ENOENT");
    change(parent(path), Map.of(last(path), Optional.empty()));
  }

  @Override
  public void removeDirectory(String path) {
    operation("remove directory " + path);
    if (!directory(path).cached.isEmpty()) throw failed("remove directory", path, "ENOTEMPTY");
    change(parent(path), Map.of(last(path), Optional.empty()));
  }

  @Override
  public void syncDirectory(String path) {
    Directory directory = directory(path);
    if (isForgotten("sync directory " + path)) return;
    switch (names) {
      case JOURNALED -> {
        for (int i = unsyncedNames.size() - 1; i >= 0; i--)
          if (unsyncedNames.get(i).directory().equals(directory)) {
            applyNames(i + 1);
            return;
          }
      }
      case STRICT -> {
        for (NameChange change : unsyncedNames)
          if (change.directory().equals(directory)) directory.apply(change.names());
        unsyncedNames.removeIf(change -> change.directory().equals(directory));
      }
    }
  }

  @Override
  public long freeBytes() {
    return freeBytes;
  }

  private void change(Directory directory, Map<String, Optional<Object>> change) {
    Directory.set(directory.cached, change);
    unsyncedNames.add(new NameChange(directory, new HashMap<>(change)));
  }

  private void requirePower() {
    if (!on) throw new PowerCut();
  }

  private void operation(String what) {
    requirePower();
    if (log.size() >= cutAfter) {
      on = false;
      throw new PowerCut();
    }
    log.add(what);
    if (failing.test(what)) {
      failing = _ -> false;
      failed = Optional.of(what);
      throw new GatewayError.Failed(Scope.RESOURCE, what + ": input/output error (EIO)");
    }
  }

  private boolean isForgotten(String sync) {
    if (forgotten.test(sync)) return true;
    operation(sync);
    return false;
  }

  private void takeRoom(String doing, String path, long bytes) {
    if (bytes > freeBytes)
      throw new GatewayError.NoSpace("%s %s: no space left (ENOSPC)".formatted(doing, path));
    if (freeBytes < Long.MAX_VALUE) freeBytes -= bytes;
  }

  private static GatewayError failed(String doing, String path, String errno) {
    return new GatewayError.Failed(Scope.RESOURCE, "%s %s: %s".formatted(doing, path, errno));
  }

  private Optional<Object> find(String path) {
    Object at = root;
    for (String part : path.isEmpty() ? new String[0] : path.split("/", -1)) {
      if (!(at instanceof Directory directory) || !directory.cached.containsKey(part))
        return Optional.empty();
      at = directory.cached.get(part);
    }
    return Optional.of(at);
  }

  private Directory directory(String path) {
    requirePower();
    if (find(path).orElse("") instanceof Directory directory) return directory;
    throw failed("open directory", path, "ENOENT");
  }

  private Directory parent(String path) {
    return directory(path.contains("/") ? path.substring(0, path.lastIndexOf('/')) : "");
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private final class Open implements DiskFile {
    private final String path;
    private final SimulatedFile file;
    private boolean locked;

    Open(String path, SimulatedFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public long sizeBytes() {
      requirePower();
      return file.sizeBytes();
    }

    @Override
    public long allocatedBytes() {
      if (statusFails) throw failed("status of", path, "EIO");
      return sizeBytes();
    }

    @Override
    public void read(long offset, ByteBuffer target) {
      requirePower();
      file.read(path, offset, target);
    }

    @Override
    public void write(long offset, ByteBuffer source) {
      operation("write " + path);
      takeRoom("write", path, file.missingRoom(offset, source.remaining()));
      file.write(offset, source);
    }

    @Override
    public void writeDurably(long offset, ByteBuffer source) {
      operation("write durably " + path);
      takeRoom("write", path, file.missingRoom(offset, source.remaining()));
      file.writeDurably(offset, source);
    }

    @Override
    public void truncate(long sizeBytes) {
      operation("truncate " + path);
      file.resize(sizeBytes);
    }

    @Override
    public void punch(long offset, long lengthBytes) {
      operation("punch " + path);
      long before = file.missingRoom(offset, lengthBytes);
      file.punch(offset, lengthBytes);
      if (freeBytes < Long.MAX_VALUE) freeBytes += file.missingRoom(offset, lengthBytes) - before;
    }

    @Override
    public void zeroRange(long offset, long lengthBytes) {
      operation("zero " + path);
      file.zero(offset, lengthBytes);
    }

    @Override
    public void dataSync() {
      sync();
    }

    @Override
    public void sync() {
      try {
        if (!isForgotten("sync " + path)) file.sync();
      } catch (GatewayError e) {
        file.forgetUnsynced();
        throw e;
      }
    }

    @Override
    public long nextData(long from) {
      return next(from, false);
    }

    @Override
    public long nextHole(long from) {
      return next(from, true);
    }

    private long next(long from, boolean hole) {
      requirePower();
      return file.next(from, hole);
    }

    /** Room is not counted so finely here. */
    @Override
    public Optional<Span> nextReserved(long from, long to) {
      return Optional.empty();
    }

    @Override
    public boolean tryLock() {
      requirePower();
      if (file.locked) return false;
      file.locked = locked = true;
      return true;
    }

    @Override
    public Facilities probe() {
      return facilities;
    }

    @Override
    public int readNow(long offset, ByteBuffer target) {
      throw failed("read now", path, "EOPNOTSUPP");
    }

    @Override
    public void willNeed(long offset, long lengthBytes) {
      throw failed("read ahead", path, "EOPNOTSUPP");
    }

    @Override
    public Optional<FileChannel> openChannel() {
      return Optional.empty();
    }

    @Override
    public void close() {
      if (locked) file.locked = false;
      locked = false;
    }
  }
}
