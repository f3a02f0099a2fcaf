package dev.penstock.nbd.serve;

import dev.penstock.nbd.transmit.Connection;
import dev.penstock.nbd.transmit.ConnectionInfo;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/** All connections of a module, whichever event loop they are on. Any thread. */
public final class ConnectionBook {
  private final IntSupplier connectionsMax;
  private final AtomicInteger places = new AtomicInteger();
  private final AtomicLong lastId = new AtomicLong();
  private final Map<Long, Connection> connections = new ConcurrentHashMap<>();

  /**
   * @param connectionsMax how many there may be, as things are; who is there already stays
   */
  public ConnectionBook(IntSupplier connectionsMax) {
    this.connectionsMax = connectionsMax;
  }

  /** Takes a place; false if there is none. A place that was taken is given back by remove. */
  boolean takePlace() {
    if (places.incrementAndGet() <= connectionsMax.getAsInt()) return true;
    places.decrementAndGet();
    return false;
  }

  long nextId() {
    return lastId.incrementAndGet();
  }

  void add(Connection connection) {
    connections.put(connection.id(), connection);
  }

  /** Gives the place back, once. */
  void remove(Connection connection) {
    if (connections.remove(connection.id(), connection)) places.decrementAndGet();
  }

  /** How many there are. */
  public int size() {
    return connections.size();
  }

  public int connectionsMax() {
    return connectionsMax.getAsInt();
  }

  public Optional<Connection> numbered(long id) {
    return Optional.ofNullable(connections.get(id));
  }

  /** As they are now, oldest first. */
  public List<ConnectionInfo> all() {
    return connections.values().stream()
        .map(Connection::info)
        .sorted(Comparator.comparingLong(ConnectionInfo::id))
        .toList();
  }
}
