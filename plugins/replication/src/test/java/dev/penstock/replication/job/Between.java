package dev.penstock.replication.job;

import dev.penstock.replication.flow.Arrival;
import dev.penstock.replication.flow.Bytes;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.Sender;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/** What happens around every question that a run asks its two ends. */
interface Between {
  Between NOTHING =
      new Between() {
        @Override
        public void before(String what) {}

        @Override
        public void after(String what) {}
      };

  /** What it throws, the question meets: it was never asked. */
  void before(String what);

  /** What it throws, the answer meets: it was done. */
  void after(String what);

  default Sender asking(Sender sender) {
    return new Asked(sender, this);
  }

  default Receiver telling(Receiver receiver) {
    return new Told(receiver, this);
  }

  /** A question that waits. */
  interface Question<T> {
    T ask() throws InterruptedException;
  }

  /** One that has no answer but that it was done. */
  interface Order {
    void carryOut() throws InterruptedException;
  }

  private <T> T ask(String what, Question<T> question) throws InterruptedException {
    before(what);
    T answer = question.ask();
    after(what);
    return answer;
  }

  private void order(String what, Order order) throws InterruptedException {
    before(what);
    order.carryOut();
    after(what);
  }

  /** Of an answer that is lost nothing stays open: the line that it would have come on is gone. */
  private <T> T begin(String what, Question<T> question, Consumer<T> close)
      throws InterruptedException {
    before(what);
    T begun = question.ask();
    try {
      after(what);
      return begun;
    } catch (RuntimeException lost) {
      close.accept(begun);
      throw lost;
    }
  }

  /** A sender, with this around it. */
  record Asked(Sender to, Between between) implements Sender {
    @Override
    public Histories histories() throws InterruptedException {
      return between.ask("sender's histories", to::histories);
    }

    @Override
    public VolumeHistory history(String volume) throws InterruptedException {
      return between.ask("sender's history", () -> to.history(volume));
    }

    @Override
    public void need(String volume, Set<UUID> snapshots) throws InterruptedException {
      between.order("need", () -> to.need(volume, snapshots));
    }

    @Override
    public String anchorTag() {
      return to.anchorTag();
    }

    @Override
    public void anchor(String volume, String snapshot, UUID guid) throws InterruptedException {
      between.order("anchor here", () -> to.anchor(volume, snapshot, guid));
    }

    @Override
    public Bytes open(String volume, StreamHeader header) throws InterruptedException {
      Bytes bytes = between.begin("open", () -> to.open(volume, header), Bytes::close);
      return new Sent(bytes, between);
    }
  }

  /** The bytes that a sender sends, piece by piece. */
  record Sent(Bytes bytes, Between between) implements Bytes {
    @Override
    public Optional<ByteBuffer> next() throws InterruptedException {
      return between.ask("next", bytes::next);
    }

    @Override
    public long position() {
      return bytes.position();
    }

    @Override
    public void spent() {
      bytes.spent();
    }

    @Override
    public void close() {
      bytes.close();
    }
  }

  /** A receiver, with this around it. */
  record Told(Receiver to, Between between) implements Receiver {
    @Override
    public Histories histories() throws InterruptedException {
      return between.ask("receiver's histories", to::histories);
    }

    @Override
    public Optional<VolumeHistory> history(String volume) throws InterruptedException {
      return between.ask("receiver's history", () -> to.history(volume));
    }

    @Override
    public boolean consentsToRollBack() throws InterruptedException {
      return between.ask("consent", to::consentsToRollBack);
    }

    @Override
    public Set<UUID> letsGo(String volume, List<SnapshotInfo> planned) throws InterruptedException {
      return between.ask("retention", () -> to.letsGo(volume, planned));
    }

    @Override
    public void prepare(String volume, Preparation what) throws InterruptedException {
      between.order("prepare", () -> to.prepare(volume, what));
    }

    @Override
    public void anchor(String volume, String snapshot, UUID guid) throws InterruptedException {
      between.order("anchor there", () -> to.anchor(volume, snapshot, guid));
    }

    @Override
    public Arrival receive(String volume, StreamHeader header) throws InterruptedException {
      Arrival arrival = between.begin("receive", () -> to.receive(volume, header), Arrival::close);
      return new Came(arrival, between);
    }
  }

  /** What a receiver takes, piece by piece. */
  record Came(Arrival arrival, Between between) implements Arrival {
    @Override
    public void take(ByteBuffer bytes) throws InterruptedException {
      between.order("take", () -> arrival.take(bytes));
    }

    @Override
    public long position() {
      return arrival.position();
    }

    @Override
    public void complete() throws InterruptedException {
      between.order("complete", arrival::complete);
    }

    @Override
    public void close() {
      arrival.close();
    }
  }
}
