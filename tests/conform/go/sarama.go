package main

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
)

var saramaCodecs = map[string]sarama.CompressionCodec{
	"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
	"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
}

func saramaConfig(version sarama.KafkaVersion) *sarama.Config {
	config := sarama.NewConfig()
	config.Version = version
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Consumer.Return.Errors = true
	return config
}

func saramaChecks(bootstrap string) {
	s := saramaClient{bootstrap, sarama.MaxVersion}
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		check("produce and read back with "+codec, func() error { return s.roundTrip(codec) })
	}
	check("an idempotent producer", s.idempotent)
	check("admin: topics", s.topics)
	check("admin: configs", s.configs)
	check("admin: delete records, log dirs, cluster", s.rest)
}

// saramaLegacy speaks the versions that Kafka 4 dropped: a client told that it talks to an old
// broker uses Produce 0-2, Fetch 0-3 and message sets of format 0 and 1.
func saramaLegacy(bootstrap string) {
	versions := []sarama.KafkaVersion{sarama.V0_8_2_0, sarama.V0_9_0_1, sarama.V0_10_0_1, sarama.V0_10_2_1, sarama.V0_11_0_2, sarama.V1_1_1_0}
	for _, version := range versions {
		s := saramaClient{bootstrap, version}
		for _, codec := range []string{"none", "gzip", "snappy", "lz4"} {
			if codec == "lz4" && !version.IsAtLeast(sarama.V0_10_0_0) {
				continue
			}
			check(fmt.Sprintf("as of %v: produce and read back with %s", version, codec), func() error { return s.roundTrip(codec) })
		}
	}
	old, now := saramaClient{bootstrap, sarama.V0_9_0_1}, saramaClient{bootstrap, sarama.MaxVersion}
	for _, codec := range []string{"none", "gzip", "snappy"} {
		check("written now with "+codec+", read as of 0.9", func() error { return now.readBy(old, codec) })
		check("written as of 0.9 with "+codec+", read now", func() error { return old.readBy(now, codec) })
	}
}

type saramaClient struct {
	bootstrap string
	version   sarama.KafkaVersion
}

func (s saramaClient) topic(partitions int32) (string, error) {
	admin, err := sarama.NewClusterAdmin([]string{s.bootstrap}, saramaConfig(sarama.V2_8_0_0))
	if err != nil {
		return "", err
	}
	defer admin.Close()
	name := fresh("sarama")
	return name, admin.CreateTopic(name, &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1}, false)
}

func (s saramaClient) write(topic, codec string, count int) error {
	config := saramaConfig(s.version)
	config.Producer.Compression = saramaCodecs[codec]
	config.Producer.Flush.Frequency = 20 * time.Millisecond
	config.Producer.RequiredAcks = sarama.WaitForAll
	producer, err := sarama.NewSyncProducer([]string{s.bootstrap}, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	var messages []*sarama.ProducerMessage
	for i := range count {
		messages = append(messages, &sarama.ProducerMessage{Topic: topic, Partition: 0,
			Key: sarama.StringEncoder(fmt.Sprintf("k%d", i)), Value: sarama.ByteEncoder(bytes.Repeat([]byte("value "), i%40))})
	}
	return producer.SendMessages(messages)
}

func (s saramaClient) read(topic string, count int) error {
	consumer, err := sarama.NewConsumer([]string{s.bootstrap}, saramaConfig(s.version))
	if err != nil {
		return err
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		return err
	}
	defer partition.Close()
	deadline := time.After(30 * time.Second)
	for i := range count {
		select {
		case message := <-partition.Messages():
			if message.Offset != int64(i) || string(message.Key) != fmt.Sprintf("k%d", i) || !bytes.Equal(message.Value, bytes.Repeat([]byte("value "), i%40)) {
				return fmt.Errorf("record %d came back as offset %d, key %q, value of %d bytes", i, message.Offset, message.Key, len(message.Value))
			}
		case problem := <-partition.Errors():
			return problem
		case <-deadline:
			return fmt.Errorf("only %d of %d records after 30 s", i, count)
		}
	}
	return nil
}

func (s saramaClient) roundTrip(codec string) error {
	return s.readBy(s, codec)
}

func (s saramaClient) readBy(reader saramaClient, codec string) error {
	topic, err := s.topic(1)
	if err != nil {
		return err
	}
	if err := s.write(topic, codec, 500); err != nil {
		return err
	}
	return reader.read(topic, 500)
}

func (s saramaClient) idempotent() error {
	topic, err := s.topic(1)
	if err != nil {
		return err
	}
	config := saramaConfig(s.version)
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer([]string{s.bootstrap}, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	for i := range 100 {
		_, offset, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("v")})
		if err != nil {
			return err
		}
		if err := equal("offset", int64(i), offset); err != nil {
			return err
		}
	}
	return nil
}

func (s saramaClient) admin() (sarama.ClusterAdmin, error) {
	return sarama.NewClusterAdmin([]string{s.bootstrap}, saramaConfig(s.version))
}

func (s saramaClient) topics() error {
	admin, err := s.admin()
	if err != nil {
		return err
	}
	defer admin.Close()
	topic, err := s.topic(2)
	if err != nil {
		return err
	}
	topics, err := admin.ListTopics()
	if err != nil {
		return err
	}
	if err := equal("partitions", 2, topics[topic].NumPartitions); err != nil {
		return err
	}
	err = admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false)
	if !errors.Is(err, sarama.ErrTopicAlreadyExists) {
		return fmt.Errorf("expected an error that the topic exists, got %v", err)
	}
	if err := admin.CreatePartitions(topic, 4, nil, false); err != nil {
		return err
	}
	return admin.DeleteTopic(topic)
}

func (s saramaClient) configs() error {
	admin, err := s.admin()
	if err != nil {
		return err
	}
	defer admin.Close()
	topic, err := s.topic(1)
	if err != nil {
		return err
	}
	value := "60000"
	change := map[string]sarama.IncrementalAlterConfigsEntry{"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value}}
	if err := admin.IncrementalAlterConfig(sarama.TopicResource, topic, change, false); err != nil {
		return err
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{"retention.ms"}})
		if err != nil {
			return err
		}
		if len(entries) > 0 && entries[0].Value == value {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after ten seconds: %+v", entries)
		}
	}
}

func (s saramaClient) rest() error {
	admin, err := s.admin()
	if err != nil {
		return err
	}
	defer admin.Close()
	topic, err := s.topic(1)
	if err != nil {
		return err
	}
	if err := s.write(topic, "none", 10); err != nil {
		return err
	}
	if err := admin.DeleteRecords(topic, map[int32]int64{0: 5}); err != nil {
		return err
	}
	dirs, err := admin.DescribeLogDirs([]int32{1})
	if err != nil {
		return err
	}
	if err := equal("log dirs", 1, len(dirs[1])); err != nil {
		return err
	}
	brokers, controller, err := admin.DescribeCluster()
	if err != nil {
		return err
	}
	if err := equal("controller", 1, controller); err != nil {
		return err
	}
	return equal("brokers", 1, len(brokers))
}
