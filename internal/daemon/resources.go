package daemon

import (
	"context"
	"net/http"
	"strconv"
)

// GPU is a graphics card of a daemon's machine.
type GPU struct {
	Vendor string // of PCI, such as 10de
	PCI    string // its address; "" if it is on no such bus
	DRM    string // its number as a card of the kernel; "" if it is none
	UUID   string // of NVIDIA's driver; "" without it
}

// nvidia is the vendor's number (pci.ids).
const nvidia = "10de"

// NVIDIA says whether the card is one of NVIDIA.
func (g GPU) NVIDIA() bool { return g.Vendor == nvidia }

// GPUs lists the graphics cards of the daemon's machine, in its own order.
func (c *Client) GPUs(ctx context.Context) (all []GPU, err error) {
	var said struct {
		GPU struct {
			Cards []struct {
				Vendor string `json:"vendor_id"`
				PCI    string `json:"pci_address"`
				NVIDIA *struct {
					UUID string `json:"uuid"`
				} `json:"nvidia"`
				DRM *struct {
					ID uint64 `json:"id"`
				} `json:"drm"`
			} `json:"cards"`
		} `json:"gpu"`
	}
	if _, err := c.ask(ctx, http.MethodGet, "/1.0/resources", c.onTarget(), nil, &said); err != nil {
		return nil, err
	}
	for _, card := range said.GPU.Cards {
		if card.DRM == nil && card.NVIDIA == nil {
			continue // it has no driver, so nothing can be done with it
		}
		g := GPU{Vendor: card.Vendor, PCI: card.PCI}
		if card.DRM != nil {
			g.DRM = strconv.FormatUint(card.DRM.ID, 10)
		}
		if card.NVIDIA != nil {
			g.UUID = card.NVIDIA.UUID
		}
		all = append(all, g)
	}
	return all, nil
}
