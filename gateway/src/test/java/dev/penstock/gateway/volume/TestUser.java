package dev.penstock.gateway.volume;

import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A user that notes what it is asked, and answers as the test wants. */
final class TestUser implements VolumeUser {
  final List<String> asked = new CopyOnWriteArrayList<>();
  volatile Future<Void> frozen = Future.succeededFuture();
  volatile Future<Void> halted = Future.succeededFuture();
  volatile Future<Void> paced = Future.succeededFuture();
  volatile Future<Void> retired = Future.succeededFuture();
  volatile Optional<OpenVolume> successor = Optional.empty();
  private Optional<VolumeUser> played = Optional.empty();
  private final String name;

  TestUser(String name) {
    this.name = name;
  }

  /** From now on it does as this one does, which notes nothing. */
  void plays(VolumeUser another) {
    played = Optional.of(another);
  }

  static Future<Void> never() {
    return Promise.<Void>promise().future();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Future<Void> freeze(Duration limit) {
    asked.add("freeze");
    return played.map(other -> other.freeze(limit)).orElse(frozen);
  }

  @Override
  public Future<Void> halt(Duration limit) {
    asked.add("halt");
    return played.map(other -> other.halt(limit)).orElse(halted);
  }

  @Override
  public Future<Void> thaw() {
    asked.add("thaw");
    return played.map(VolumeUser::thaw).orElseGet(Future::succeededFuture);
  }

  @Override
  public Future<Void> pace(long writtenBytesPerSecond) {
    asked.add("pace " + writtenBytesPerSecond);
    return paced;
  }

  @Override
  public Future<Void> retire(OpenVolume successor, Duration limit) {
    asked.add("retire");
    this.successor = Optional.of(successor);
    return played.map(other -> other.retire(successor, limit)).orElse(retired);
  }
}
