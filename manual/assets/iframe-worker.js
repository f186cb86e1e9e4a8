// A browser starts no worker from a page of the file system, where the search is then asked in a
// hidden frame. Served over HTTP this does nothing.
if (location.protocol === "file:") {
  window.Worker = class {
    constructor(address) {
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      const inside = this.frame.contentWindow;
      inside.postMessage = (data) => this.later(this, structuredClone(data));
      const script = inside.document.createElement("script");
      script.src = new URL(address, document.baseURI);
      this.ready = new Promise((resolve, reject) => {
        script.onload = resolve;
        script.onerror = reject;
      });
      this.ready.catch(() => this.onerror?.(new Event("error")));
      inside.document.body.append(script);
    }

    postMessage(data) {
      const copy = structuredClone(data);
      this.ready.then(() => this.later(this.frame.contentWindow, copy), () => {});
    }

    later(receiver, data) {
      setTimeout(() => receiver?.onmessage?.({ data }));
    }

    terminate() {
      this.frame.remove();
    }
  };
}
