package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	securityv1 "github.com/openshift/api/security/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	informers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const (
	// The field manager of OpenShift's own controller: what it writes never conflicts with a program's apply.
	namespaceManager = "cluster-policy-controller"
	// OpenShift hands out blocks of 10,000 IDs from 1,000,000,000 on; its own namespaces take the first 65 or so,
	// therefore ours start where a customer's first project starts. Each block owns five SELinux labels.
	idsFirst, idsUser, blockSize, blockCount, labelsPerBlock = 1_000_000_000, 1_000_650_000, 10_000, 99_935, 5
)

// block is a range of user or group IDs; both ends belong to it.
type block = securityv1.IDRange

func overlap(a, b block) bool { return a.Min <= b.Max && b.Min <= a.Max }

// parseBlocks reads a list of ranges in the two forms OpenShift accepts: "<start>/<length>" and "<start>-<end>".
func parseBlocks(text string) (blocks []block, err error) {
	for part := range strings.SplitSeq(text, ",") {
		var first, second int64
		if n, _ := fmt.Sscanf(part, "%d/%d", &first, &second); n == 2 {
			second += first - 1
		} else if n, _ := fmt.Sscanf(part, "%d-%d", &first, &second); n != 2 {
			return nil, fmt.Errorf("ID range %q is neither <start>/<length> nor <start>-<end>", part)
		}
		blocks = append(blocks, block{Min: first, Max: second})
	}
	return blocks, nil
}

// mcsLabel derives the SELinux level of a block as OpenShift does: the block's number, times five, unranked into a pair
// of distinct categories in colexicographic order.
func mcsLabel(b block) string {
	offset, high := (b.Min-idsFirst)/blockSize*labelsPerBlock, int64(1)
	for (high+1)*high/2 <= offset {
		high++
	}
	return fmt.Sprintf("s0:c%d,c%d", high, offset-high*(high-1)/2)
}

// namespaceController gives every namespace its UID range, supplemental groups and SELinux level, a moment after the
// namespace was created, as OpenShift's cluster-policy-controller does.
type namespaceController struct {
	client   kubernetes.Interface
	informer informers.NamespaceInformer
	// How many blocks were tried. It only grows: a namespace deleted and created again gets another range, as on
	// OpenShift, and no block is given twice because the cache lags behind.
	tried int64
}

// run looks at the cached namespaces, which costs nothing, until ctx ends.
func (c *namespaceController) run(ctx context.Context) error {
	go c.informer.Informer().RunWithContext(ctx)
	cache.WaitForCacheSync(ctx.Done(), c.informer.Informer().HasSynced) // or taken ranges would look free
	return repeat(ctx, 200*time.Millisecond, "Not every namespace got its ID range", c.sync)
}

// sync allocates ranges for the namespaces that have none. One that somebody gave only part of them stays without the
// rest, and so without pods: OpenShift does not touch one with a UID range, and conflicts over one with groups only.
func (c *namespaceController) sync(ctx context.Context) (failed error) {
	namespaces, _ := c.informer.Lister().List(labels.Everything()) // never fails on a cache
	for _, namespace := range namespaces {
		_, hasUIDs := namespace.Annotations[securityv1.UIDRangeAnnotation]
		_, hasGroups := namespace.Annotations[securityv1.SupplementalGroupsAnnotation]
		if hasUIDs || hasGroups {
			continue
		}
		free, err := c.allocate(namespaces)
		if err != nil {
			return err
		}
		ids := fmt.Sprintf("%d/%d", free.Min, blockSize)
		level := cmp.Or(namespace.Annotations[securityv1.MCSAnnotation], mcsLabel(free))
		// The resource version makes the apply fail instead of creating a namespace that was deleted meanwhile.
		patch := applycorev1.Namespace(namespace.Name).WithResourceVersion(namespace.ResourceVersion)
		patch.WithAnnotations(map[string]string{
			securityv1.UIDRangeAnnotation:           ids,
			securityv1.SupplementalGroupsAnnotation: ids,
			securityv1.MCSAnnotation:                level,
		})
		_, err = c.client.CoreV1().Namespaces().Apply(ctx, patch, metav1.ApplyOptions{FieldManager: namespaceManager})
		failed = errors.Join(failed, err)
	}
	return failed
}

// allocate returns the next block that overlaps no range of an existing namespace.
func (c *namespaceController) allocate(namespaces []*corev1.Namespace) (block, error) {
	var taken []block
	for _, namespace := range namespaces {
		for _, key := range []string{securityv1.UIDRangeAnnotation, securityv1.SupplementalGroupsAnnotation} {
			// A range that cannot be read was not allocated here; the pods of its namespace are refused.
			blocks, _ := parseBlocks(namespace.Annotations[key])
			taken = append(taken, blocks...)
		}
	}
	for range blockCount {
		first := idsUser + c.tried%blockCount*blockSize
		candidate := block{Min: first, Max: first + blockSize - 1}
		c.tried++
		if !slices.ContainsFunc(taken, func(other block) bool { return overlap(candidate, other) }) {
			return candidate, nil
		}
	}
	return block{}, fmt.Errorf("all %d ID ranges from %d on are taken: delete namespaces", blockCount, idsUser)
}
