// Taking a picture with the device's camera, in a dialog. Where there is none, files are asked for.

import { element } from "./dom.js";

// Opens the dialog; `take` gets the picture as a File. `signal` closes it.
export async function camera({ t, fail }, signal, take) {
  if (!navigator.mediaDevices?.getUserMedia) return capture(take); // a page without https
  let stream;
  try {
    const video = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1440 } };
    stream = await navigator.mediaDevices.getUserMedia({ video });
  } catch (error) {
    if (signal.aborted) return;
    return error.name === "NotFoundError" ? capture(take) : fail(t("read.no_camera"));
  }
  if (signal.aborted) return end(); // the view was left while the browser asked
  const film = element("video", {
    autoplay: true,
    playsinline: true,
    muted: true,
    "aria-label": t("read.camera"),
  });
  const dialog = element(
    "dialog",
    { class: "camera", "aria-label": t("read.camera"), onclose: close },
    film,
    element(
      "div",
      { class: "row" },
      element("button", { type: "button", class: "main", onclick: shoot }, t("read.shoot")),
      element("button", { type: "button", onclick: () => dialog.close() }, t("shell.close")),
    ),
  );
  film.addEventListener("playing", () => (film.dataset.ready = ""));
  film.srcObject = stream;
  document.body.append(dialog);
  dialog.showModal();
  signal.addEventListener("abort", () => dialog.close());

  function end() {
    for (const track of stream.getTracks()) track.stop();
  }
  function close() {
    end();
    dialog.remove();
  }
  function shoot() {
    const canvas = element("canvas", { width: film.videoWidth, height: film.videoHeight });
    canvas.getContext("2d").drawImage(film, 0, 0);
    dialog.close();
    canvas.toBlob(
      (blob) => (blob ? take(new File([blob], "camera.jpg")) : fail(new Error("camera"))),
      "image/jpeg",
      0.92,
    );
  }
}

// Lets phones open their own camera.
function capture(take) {
  const chosen = element("input", { type: "file", accept: "image/*", capture: "environment" });
  chosen.addEventListener("change", () => chosen.files.length && take(chosen.files[0]));
  chosen.click();
}
