package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"os"
	"sort"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

func patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 40*time.Second)
}

func fresh(prefix string) string {
	return fmt.Sprintf("%s-%d", prefix, time.Now().UnixNano())
}

type franzClient struct {
	bootstrap string
	client    *kgo.Client
	admin     *kadm.Client
}

func franz(bootstrap string) {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	f := franzClient{bootstrap, client, kadm.NewClient(client)}
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		check("produce and read back with "+codec, func() error { return f.roundTrip(codec) })
	}
	check("produce with acks=0 and acks=1", f.acks)
	check("20 partitions read by assignment", f.manyPartitions)
	check("headers and null values", f.headers)
	check("a record over the limit is refused", f.tooLarge)
	check("consume from an offset and from a time", f.offsets)
	check("kadm: topics", f.topics)
	check("kadm: configs", f.configs)
	check("kadm: offsets and delete records", f.listOffsets)
	check("kadm: metadata, brokers, log dirs, API versions", f.cluster)
	client.Close()
}

func (f franzClient) topic(partitions int32) (string, error) {
	ctx, cancel := patience()
	defer cancel()
	name := fresh("franz")
	_, err := f.admin.CreateTopic(ctx, partitions, 1, nil, name)
	return name, err
}

// read returns count records of all partitions, which it names itself: no group is involved.
func (f franzClient) read(topic string, partitions int32, count int, from kgo.Offset) ([]*kgo.Record, error) {
	ctx, cancel := patience()
	defer cancel()
	assigned := map[int32]kgo.Offset{}
	for p := range partitions {
		assigned[p] = from
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(f.bootstrap), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: assigned}))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var records []*kgo.Record
	for len(records) < count {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("after %d of %d records: %w", len(records), count, err)
		}
		records = append(records, fetches.Records()...)
	}
	return records, equal("records", count, len(records))
}

func (f franzClient) roundTrip(codec string) error {
	ctx, cancel := patience()
	defer cancel()
	topic, err := f.topic(2)
	if err != nil {
		return err
	}
	producer, err := kgo.NewClient(kgo.SeedBrokers(f.bootstrap), kgo.ProducerBatchCompression(codecs[codec]),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(20*time.Millisecond))
	if err != nil {
		return err
	}
	defer producer.Close()
	var records []*kgo.Record
	for i := range 2000 {
		records = append(records, &kgo.Record{Topic: topic, Partition: int32(i % 2), Key: fmt.Appendf(nil, "k%d", i),
			Value: bytes.Repeat([]byte("value "), i%50), Timestamp: time.UnixMilli(1_700_000_000_000 + int64(i))})
	}
	if err := producer.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return err
	}
	read, err := f.read(topic, 2, 2000, kgo.NewOffset().AtStart())
	if err != nil {
		return err
	}
	next := []int{0, 1}
	for _, record := range read {
		i := next[record.Partition]
		if string(record.Key) != fmt.Sprintf("k%d", i) || !bytes.Equal(record.Value, bytes.Repeat([]byte("value "), i%50)) {
			return fmt.Errorf("record %d came back as key %q, value of %d bytes", i, record.Key, len(record.Value))
		}
		if err := equal("timestamp", 1_700_000_000_000+int64(i), record.Timestamp.UnixMilli()); err != nil {
			return err
		}
		next[record.Partition] += 2
	}
	return nil
}

func (f franzClient) acks() error {
	ctx, cancel := patience()
	defer cancel()
	for _, acks := range []kgo.Acks{kgo.NoAck(), kgo.LeaderAck()} {
		topic, err := f.topic(1)
		if err != nil {
			return err
		}
		// The broker may still be a moment behind the controller, and NoAck would not tell.
		if err := f.client.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("first")}).FirstErr(); err != nil {
			return err
		}
		producer, err := kgo.NewClient(kgo.SeedBrokers(f.bootstrap), kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite())
		if err != nil {
			return err
		}
		for i := range 200 {
			producer.Produce(ctx, &kgo.Record{Topic: topic, Value: fmt.Appendf(nil, "v%d", i)}, nil)
		}
		if err := producer.Flush(ctx); err != nil {
			return err
		}
		producer.Close()
		if _, err := f.read(topic, 1, 201, kgo.NewOffset().AtStart()); err != nil {
			return err
		}
	}
	return nil
}

func (f franzClient) manyPartitions() error {
	ctx, cancel := patience()
	defer cancel()
	topic, err := f.topic(20)
	if err != nil {
		return err
	}
	var records []*kgo.Record
	for i := range 4000 {
		records = append(records, &kgo.Record{Topic: topic, Key: fmt.Appendf(nil, "key %d", i), Value: []byte("v")})
	}
	if err := f.client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return err
	}
	_, err = f.read(topic, 20, 4000, kgo.NewOffset().AtStart())
	return err
}

func (f franzClient) headers() error {
	ctx, cancel := patience()
	defer cancel()
	topic, err := f.topic(1)
	if err != nil {
		return err
	}
	record := &kgo.Record{Topic: topic, Key: []byte("k"), Headers: []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a", Value: nil}}}
	if err := f.client.ProduceSync(ctx, record).FirstErr(); err != nil {
		return err
	}
	read, err := f.read(topic, 1, 1, kgo.NewOffset().AtStart())
	if err != nil {
		return err
	}
	if read[0].Value != nil || len(read[0].Headers) != 2 || read[0].Headers[1].Value != nil {
		return fmt.Errorf("came back as %+v", read[0])
	}
	return nil
}

func (f franzClient) tooLarge() error {
	ctx, cancel := patience()
	defer cancel()
	name := fresh("franz")
	limit := "1000"
	if _, err := f.admin.CreateTopic(ctx, 1, 1, map[string]*string{"max.message.bytes": &limit}, name); err != nil {
		return err
	}
	value := make([]byte, 5000) // not compressible, or the batch would be small
	if _, err := rand.Read(value); err != nil {
		return err
	}
	err := f.client.ProduceSync(ctx, &kgo.Record{Topic: name, Value: value}).FirstErr()
	if !errors.Is(err, kerr.MessageTooLarge) {
		return fmt.Errorf("expected MESSAGE_TOO_LARGE, got %v", err)
	}
	return nil
}

func (f franzClient) offsets() error {
	ctx, cancel := patience()
	defer cancel()
	topic, err := f.topic(1)
	if err != nil {
		return err
	}
	for i := range 10 {
		record := &kgo.Record{Topic: topic, Value: []byte("v"), Timestamp: time.UnixMilli(1000 + 10*int64(i))}
		if err := f.client.ProduceSync(ctx, record).FirstErr(); err != nil {
			return err
		}
	}
	read, err := f.read(topic, 1, 4, kgo.NewOffset().At(6))
	if err != nil {
		return err
	}
	if err := equal("first offset", 6, read[0].Offset); err != nil {
		return err
	}
	read, err = f.read(topic, 1, 7, kgo.NewOffset().AfterMilli(1025))
	if err != nil {
		return err
	}
	return equal("first offset by time", 3, read[0].Offset)
}

func (f franzClient) topics() error {
	ctx, cancel := patience()
	defer cancel()
	topic, err := f.topic(3)
	if err != nil {
		return err
	}
	if _, err := f.admin.CreateTopic(ctx, 3, 1, nil, topic); !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("expected TOPIC_ALREADY_EXISTS, got %v", err)
	}
	grown, err := f.admin.UpdatePartitions(ctx, 5, topic)
	if err != nil || grown.Error() != nil {
		return fmt.Errorf("create partitions: %v, %v", err, grown.Error())
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		listed, err := f.admin.ListTopics(ctx, topic)
		if err != nil {
			return err
		}
		if len(listed[topic].Partitions) == 5 {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d partitions after ten seconds", len(listed[topic].Partitions))
		}
	}
	deleted, err := f.admin.DeleteTopics(ctx, topic)
	if err != nil || deleted.Error() != nil {
		return fmt.Errorf("delete: %v, %v", err, deleted.Error())
	}
	deleted, err = f.admin.DeleteTopics(ctx, topic)
	if err != nil || !errors.Is(deleted.Error(), kerr.UnknownTopicOrPartition) {
		return fmt.Errorf("expected UNKNOWN_TOPIC_OR_PARTITION, got %v, %v", err, deleted.Error())
	}
	return nil
}

func (f franzClient) configs() error {
	ctx, cancel := patience()
	defer cancel()
	topic, err := f.topic(1)
	if err != nil {
		return err
	}
	value := "60000"
	changed, err := f.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Name: "retention.ms", Value: &value}}, topic)
	if err != nil || changed[0].Err != nil {
		return fmt.Errorf("alter: %v, %+v", err, changed)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		described, err := f.admin.DescribeTopicConfigs(ctx, topic)
		if err != nil {
			return err
		}
		for _, config := range described[0].Configs {
			if config.Key == "retention.ms" && config.MaybeValue() == value {
				return nil
			}
		}
		if time.Now().After(deadline) {
			return errors.New("the change is not seen after ten seconds")
		}
	}
}

func (f franzClient) listOffsets() error {
	ctx, cancel := patience()
	defer cancel()
	topic, err := f.topic(1)
	if err != nil {
		return err
	}
	for range 10 {
		if err := f.client.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("v")}).FirstErr(); err != nil {
			return err
		}
	}
	cut := kadm.Offsets{}
	cut.Add(kadm.Offset{Topic: topic, Partition: 0, At: 4})
	if _, err := f.admin.DeleteRecords(ctx, cut); err != nil {
		return err
	}
	starts, err := f.admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return err
	}
	ends, err := f.admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return err
	}
	start, _ := starts.Lookup(topic, 0)
	end, _ := ends.Lookup(topic, 0)
	if err := equal("start", 4, start.Offset); err != nil {
		return err
	}
	return equal("end", 10, end.Offset)
}

func (f franzClient) cluster() error {
	ctx, cancel := patience()
	defer cancel()
	metadata, err := f.admin.BrokerMetadata(ctx)
	if err != nil {
		return err
	}
	if err := equal("brokers", 1, len(metadata.Brokers)); err != nil {
		return err
	}
	dirs, err := f.admin.DescribeAllLogDirs(ctx, nil)
	if err != nil {
		return err
	}
	if err := equal("brokers with log dirs", 1, len(dirs)); err != nil {
		return err
	}
	if _, err := f.admin.ApiVersions(ctx); err != nil {
		return err
	}
	return nil
}

// values prints count and digest of keys and values per partition, as the other readers do.
func values(topic, bootstrap string) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	seed, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	fail(err)
	ends, err := kadm.NewClient(seed).ListEndOffsets(ctx, topic)
	fail(err)
	seed.Close()
	assigned, left := map[int32]kgo.Offset{}, map[int32]int64{}
	ends.Each(func(end kadm.ListedOffset) {
		assigned[end.Partition] = kgo.NewOffset().AtStart()
		left[end.Partition] = end.Offset
	})
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: assigned}))
	fail(err)
	defer client.Close()
	sums, counts, total := map[int32]hash.Hash{}, map[int32]int{}, int64(0)
	for p, end := range left {
		sums[p] = sha256.New()
		total += end
	}
	add := func(sum hash.Hash, data []byte) {
		length := int32(len(data))
		if data == nil {
			length = -1
		}
		_ = binary.Write(sum, binary.BigEndian, length)
		sum.Write(data)
	}
	for read := int64(0); read < total; {
		fetches := client.PollFetches(ctx)
		fail(fetches.Err())
		fetches.EachRecord(func(record *kgo.Record) {
			add(sums[record.Partition], record.Key)
			add(sums[record.Partition], record.Value)
			counts[record.Partition]++
			read++
		})
	}
	var partitions []int
	for p := range sums {
		partitions = append(partitions, int(p))
	}
	sort.Ints(partitions)
	for _, p := range partitions {
		fmt.Printf("%d %d %x\n", p, counts[int32(p)], sums[int32(p)].Sum(nil))
	}
}
