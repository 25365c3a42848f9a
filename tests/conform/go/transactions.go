package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func franzTransactions(bootstrap string) {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	f := franzClient{bootstrap, client, kadm.NewClient(client)}
	check("3,000 records moved in transactions of a group session, a third of which are aborted", f.move)
	check("the end of a transaction and the beginning of the next, without a pause", f.endAndBegin)
	client.Close()
}

// move fills a topic and moves it record by record into another.
func (f franzClient) move() error {
	const count = 3000
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	from, err := f.topic(3)
	if err != nil {
		return err
	}
	to, err := f.topic(3)
	if err != nil {
		return err
	}
	for i := range count {
		f.client.Produce(ctx, &kgo.Record{Topic: from, Value: fmt.Append(nil, i)}, nil)
	}
	if err := f.client.Flush(ctx); err != nil {
		return err
	}
	session, err := kgo.NewGroupTransactSession(kgo.SeedBrokers(f.bootstrap), kgo.TransactionalID(to), kgo.ConsumerGroup(from),
		kgo.ConsumeTopics(from), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.RequireStableFetchOffsets(), kgo.FetchMaxBytes(20000))
	if err != nil {
		return err
	}
	defer session.Close()
	for moved, transactions := 0, 1; moved < count; transactions++ {
		fetches := session.PollRecords(ctx, 100)
		if err := fetches.Err(); err != nil {
			return err
		}
		if err := session.Begin(); err != nil {
			return err
		}
		for _, record := range fetches.Records() {
			session.Produce(ctx, &kgo.Record{Topic: to, Value: record.Value}, nil)
		}
		committed, err := session.End(ctx, kgo.TransactionEndTry(transactions%3 != 0))
		if err != nil {
			return err
		}
		if committed {
			moved += fetches.NumRecords()
		}
	}
	return f.onceEach(to, count)
}

// onceEach reads what is committed in a topic: the numbers below count, each of them once.
func (f franzClient) onceEach(topic string, count int) error {
	ctx, cancel := patience()
	defer cancel()
	ends, err := f.admin.ListCommittedOffsets(ctx, topic)
	if err != nil {
		return err
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(f.bootstrap), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords())
	if err != nil {
		return err
	}
	defer reader.Close()
	seen, open := map[string]int{}, map[int32]int64{}
	ends.Each(func(end kadm.ListedOffset) {
		if end.Offset > 0 {
			open[end.Partition] = end.Offset
		}
	})
	for len(open) > 0 {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("with %d records read, before %v: %w", len(seen), open, err)
		}
		for _, record := range fetches.Records() {
			if !record.Attrs.IsControl() {
				seen[string(record.Value)]++
			}
			// The last record of every partition is the marker that ended its last transaction.
			if record.Offset+1 >= open[record.Partition] {
				delete(open, record.Partition)
			}
		}
	}
	for value, times := range seen {
		if times != 1 {
			return fmt.Errorf("record %s was committed %d times", value, times)
		}
	}
	return equal("records", count, len(seen))
}

func asItIs(_ context.Context, err error) error { return err }

func (f franzClient) endAndBegin() error {
	const transactions = 50
	ctx, cancel := patience()
	defer cancel()
	topic, err := f.topic(3)
	if err != nil {
		return err
	}
	producer, err := kgo.NewClient(kgo.SeedBrokers(f.bootstrap), kgo.TransactionalID(topic), kgo.DefaultProduceTopic(topic))
	if err != nil {
		return err
	}
	defer producer.Close()
	if err := producer.BeginTransaction(); err != nil {
		return err
	}
	for i := range transactions {
		err := producer.ProduceSync(ctx, &kgo.Record{Value: fmt.Append(nil, i)}).FirstErr()
		if i+1 < transactions {
			err = errors.Join(err, producer.EndAndBeginTransaction(ctx, kgo.EndBeginTxnSafe, kgo.TryCommit, asItIs))
		} else {
			err = errors.Join(err, producer.EndTransaction(ctx, kgo.TryCommit))
		}
		if err != nil {
			return err
		}
	}
	return f.onceEach(topic, transactions)
}
